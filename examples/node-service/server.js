import { serve } from '@hono/node-server'
import { Hono } from 'hono'

const app = new Hono()
app.get('/', (context) => context.json({ greeting: 'hello', node: process.version }))
app.get('/healthz', (context) => context.text('ok'))

const server = serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 8080) }, ({ port }) =>
  console.log(`listening on ${port}`),
)
// Process 1 of a container gets no default action for signals.
process.on('SIGTERM', () => server.close())
