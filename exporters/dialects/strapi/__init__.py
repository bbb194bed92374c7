"""Strapi: components and dynamic zones, its schemas, and the calls that carry them."""
