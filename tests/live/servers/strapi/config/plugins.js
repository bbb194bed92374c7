// Only these are taken, so that a test can see a refused type.
module.exports = {
  upload: { config: { security: { allowedTypes: ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'application/pdf'] } } },
};
