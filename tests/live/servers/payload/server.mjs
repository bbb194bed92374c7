// Payload's REST interface without its admin pages: `handleEndpoints` is what the routes of a Next.js site call.
import http from 'node:http'
import { Readable } from 'node:stream'
import { getPayload, handleEndpoints } from 'payload'
import config from './payload.config.mjs'

const address = `http://127.0.0.1:${process.env.PORT}`
const payload = await getPayload({ config })

for (const role of ['editor', 'reader']) {
  const email = `${role}@example.org`
  const { totalDocs } = await payload.count({ collection: 'users', where: { email: { equals: email } } })
  const key = process.env[`${role.toUpperCase()}_KEY`]
  const data = { email, password: key, role, enableAPIKey: true, apiKey: key }
  if (!totalDocs) await payload.create({ collection: 'users', data })
}

async function answered(incoming) {
  const sends = !['GET', 'HEAD'].includes(incoming.method)
  const body = sends ? { body: Readable.toWeb(incoming), duplex: 'half' } : {}
  const request = new Request(address + incoming.url, { method: incoming.method, headers: incoming.headers, ...body })
  return handleEndpoints({ config, request })
}

http
  .createServer(async (incoming, outgoing) => {
    try {
      const answer = await answered(incoming)
      outgoing.writeHead(answer.status, Object.fromEntries(answer.headers))
      outgoing.end(Buffer.from(await answer.arrayBuffer()))
    } catch (error) {
      console.error(error)
      if (!outgoing.headersSent) outgoing.writeHead(500)
      outgoing.end()
    }
  })
  .listen(Number(process.env.PORT), '127.0.0.1')
