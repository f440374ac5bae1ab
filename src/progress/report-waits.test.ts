import { expect, test } from 'vitest'
import { reportWaits } from './report-waits.ts'

test('a wait that a registry asks for is reported, once for the requests that wait for one host', () => {
  const messages: string[] = []
  let time = 0
  const waits = reportWaits(
    (event) => event.type === 'warning' && messages.push(`${event.code}: ${event.message}`),
    () => time,
  )
  const event = { host: 'registry.example', request: 'GET https://registry.example/v2/', attempt: 1, asked: true }
  const reason = 'registry.example answered 429 Too Many Requests'
  waits({ ...event, delay: 400, reason })
  waits({ ...event, delay: 3200, asked: false, reason: 'registry.example was silent for 30 s' })
  waits({ ...event, delay: 60_000, reason })
  waits({ ...event, delay: 59_000, reason })
  waits({ ...event, host: 'auth.example', delay: 2000, reason: 'auth.example answered 503 Service Unavailable' })
  time = 60_000
  waits({ ...event, delay: 30_000, reason })
  expect(messages).toEqual([
    'RegistryWait: registry.example answered 429 Too Many Requests: trying again in 60 s',
    'RegistryWait: auth.example answered 503 Service Unavailable: trying again in 2 s',
    'RegistryWait: registry.example answered 429 Too Many Requests: trying again in 30 s',
  ])
})
