import { getCollection } from 'astro:content';

export async function getStaticPaths() {
  return (await getCollection('documents')).map((one) => ({ params: { slug: one.data.slug ?? one.id }, props: { one } }));
}
export const GET = ({ props }) => new Response(JSON.stringify({ ...props.one.data, body_html: props.one.rendered?.html }));
