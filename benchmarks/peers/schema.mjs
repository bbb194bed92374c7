// The schema that the floors check, for zod: `build(z)`.
export const build = (z) => {
  const source = z.strictObject({
    title: z.string(), publisher: z.string(), year: z.number().int().min(1900).max(2100), url: z.string().url(),
  });
  const statistic = z.strictObject({
    label: z.string(), value: z.number(), unit: z.string(), source,
    qualifier: z.enum(['exactly', 'about', 'at least', 'at most', 'estimated']),
  });
  const animal = z.strictObject({
    scientific_name: z.string(), common_name: z.string(),
    iucn: z.enum(['LC', 'NT', 'VU', 'EN', 'CR', 'EW', 'EX', 'DD']),
  });
  const hero = z.strictObject({
    url: z.string().url(), alt: z.string().min(1), credit: z.string(), licence: z.string(),
    width: z.number().int(), height: z.number().int(),
  });
  return z.object({
    title: z.string().min(1).max(200), slug: z.string().max(120).regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/),
    locale: z.string().regex(/^[a-z]{2}-[A-Z]{2}$/), summary: z.string(), authors: z.array(z.string()).min(1),
    published_at: z.coerce.date(), status: z.enum(['draft', 'published']), animals: z.array(animal),
    tags: z.array(z.string()), hero, statistics: z.array(statistic),
    quote: z.strictObject({ text: z.string(), speaker: z.string(), role: z.string() }),
  });
};
