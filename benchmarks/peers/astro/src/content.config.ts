import { defineCollection } from 'astro:content';
import { glob } from 'astro/loaders';
import { z } from 'astro/zod';
import { build } from '../schema.mjs';

const documents = defineCollection({ loader: glob({ pattern: '**/*.md', base: process.env.CONTENT_DIR }), schema: build(z) });
export const collections = { documents };
