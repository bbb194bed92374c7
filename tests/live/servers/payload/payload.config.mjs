// A Payload for tests: the collections that Leopard's setup generated, users with API keys, SQLite.
import { sqliteAdapter } from '@payloadcms/db-sqlite'
import { lexicalEditor } from '@payloadcms/richtext-lexical'
import { buildConfig } from 'payload'
import { collections, experimental, localization } from './leopard.collections.mjs'

const writes = ({ req }) => req.user?.role === 'editor'
const rights = { create: writes, update: writes, delete: writes }

export default buildConfig({
  secret: process.env.PAYLOAD_SECRET,
  telemetry: false,
  db: sqliteAdapter({ client: { url: 'file:./payload.db' }, push: true }),
  editor: lexicalEditor(),
  localization,
  experimental,
  admin: { user: 'users' },
  collections: [
    {
      slug: 'users',
      auth: { useAPIKey: true },
      fields: [{ name: 'role', type: 'select', options: ['editor', 'reader'], saveToJWT: true }],
    },
    ...collections.map((one) => ({ ...one, access: { ...one.access, ...rights } })),
  ],
})
