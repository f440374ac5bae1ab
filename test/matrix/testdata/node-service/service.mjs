// A service with workers and children that asks itself, on TCP and on a socket in the file system.
import { execFileSync } from 'node:child_process'
import { chownSync, rmSync, statSync, watch, writeFileSync } from 'node:fs'
import { createServer, get } from 'node:http'
import { Worker } from 'node:worker_threads'

const socketPath = `/tmp/service-${process.getuid()}.sock`

async function ask(options) {
  const response = await new Promise((resolve, reject) => get(options, resolve).on('error', reject))
  return (await response.toArray()).join('')
}

for (const where of [0, socketPath]) {
  const server = createServer((request, response) => response.end(`served ${request.url}`))
  await new Promise((resolve) => server.listen(...(where === 0 ? [0, '127.0.0.1'] : [where]), resolve))
  console.log(await ask(where === 0 ? { port: server.address().port, path: '/tcp' } : { socketPath: where, path: '/socket' }))
  await new Promise((resolve) => server.close(resolve))
}
const worker = new Worker('require("worker_threads").parentPort.postMessage(require("fs").readFileSync("/etc/passwd").length > 0)', { eval: true })
console.log(await new Promise((resolve) => worker.once('message', resolve)))
console.log(execFileSync(process.execPath, ['-p', 'process.execPath'], { encoding: 'utf8' }).trim())

const file = `/tmp/watched-${process.getuid()}`
writeFileSync(file, '')
const watcher = watch(file)
const changed = new Promise((resolve) => watcher.once('change', resolve))
writeFileSync(file, 'text')
console.log(await changed)
watcher.close()
try {
  chownSync(file, 33, 44)
} catch ({ code }) {
  console.log(code)
}
console.log(statSync(file).uid)
rmSync(file)
