// A JSON file for each document and one JSON Feed, checked with zod and cleaned with sanitize-html.
import sanitize from 'sanitize-html';
import { z } from 'zod';
import { build } from './schema.mjs';

const schema = build(z);
const allowed = { allowedTags: sanitize.defaults.allowedTags.concat(['img']) };
const clean = (html) => sanitize(html, allowed);
const keys = ['title', 'slug', 'locale', 'summary', 'authors', 'published_at', 'status', 'animals', 'tags', 'hero', 'statistics', 'quote'];
const item = (one) => ({
  id: one.data.slug, url: 'https://example.org/' + one.data.slug, title: one.data.title, summary: one.data.summary,
  content_html: clean(one.templateContent), date_published: one.data.published_at, language: one.data.locale,
  image: one.data.hero.url, authors: one.data.authors.map((name) => ({ name })), tags: one.data.tags,
});

export default function (config) {
  config.addGlobalData('permalink', () => (data) => `items/${data.slug}.json`);
  config.addGlobalData('layout', 'item.11ty.js');
  config.addGlobalData('eleventyDataSchema', () => (data) => {
    if (data.page?.inputPath?.endsWith('.md')) schema.parse(data);
  });
  config.addTemplate('_includes/item.11ty.js', (data) =>
    JSON.stringify({ ...Object.fromEntries(keys.map((key) => [key, data[key]])), body_html: clean(data.content) }));
  config.addTemplate('feed.11ty.js', {
    data: () => ({ permalink: 'feed.json', layout: null, eleventyExcludeFromCollections: true, eleventyDataSchema: null }),
    render: (data) => JSON.stringify({
      version: 'https://jsonfeed.org/version/1.1', title: 'Wildlife', items: data.collections.all.map(item),
    }),
  });
  return {
    markdownTemplateEngine: false, templateFormats: ['md', '11ty.js'],
    dir: { input: process.env.CONTENT_DIR, output: process.env.OUT_DIR, includes: '_includes' },
  };
}
