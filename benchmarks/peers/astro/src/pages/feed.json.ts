import { getCollection } from 'astro:content';

const item = (one) => ({
  id: one.id, url: 'https://example.org/' + one.id, title: one.data.title, summary: one.data.summary,
  content_html: one.rendered?.html, date_published: one.data.published_at, language: one.data.locale,
  image: one.data.hero.url, authors: one.data.authors.map((name) => ({ name })), tags: one.data.tags,
});
export const GET = async () => new Response(JSON.stringify({
  version: 'https://jsonfeed.org/version/1.1', title: 'Wildlife', items: (await getCollection('documents')).map(item),
}));
