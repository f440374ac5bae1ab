import { LogLines } from '../../progress/log-lines.ts'
import { watchState } from '../../progress/reporter.ts'
import type { Sink } from '../invocation/invocation.ts'
import type { Renderer, RenderOptions } from './renderer.ts'
import { safeText } from './safe-text.ts'

/** Says nothing, unless a step fails: then its name and the last lines of its log. */
export function quietRenderer(sink: Pick<Sink, 'write'>, options: Pick<RenderOptions, 'colors'>): Renderer {
  const logs = new Map<string, LogLines>()
  const report = watchState((event, state) => {
    if (event.type === 'log') {
      const lines = logs.get(event.vertex) ?? new LogLines(30)
      logs.set(event.vertex, lines)
      lines.push(event.stream, event.data)
    }
    if (event.type !== 'vertex-finished' || event.error === undefined) return
    const tail = logs.get(event.vertex)?.tail() ?? []
    const name = safeText(state.get(event.vertex)?.name ?? event.vertex)
    sink.write([`${name}:`, ...tail.map((line) => `  ${safeText(line, options)}`), ''].join('\n'))
  })
  return { report, close: () => {} }
}
