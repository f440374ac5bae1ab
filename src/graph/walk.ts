import type { Vertex } from './vertex.ts'

/**
 * Calls `visit` once for every vertex that `root` is made from, and for `root`: inputs come before
 * what uses them, in the order of `inputs`. Vertices in `seen` are left out, and those that are
 * visited are added: graphs that share vertices are walked with one set.
 */
export function walk(root: Vertex, visit: (vertex: Vertex) => void, seen: Set<Vertex> = new Set()): void {
  if (seen.has(root)) return
  // An explicit stack: a Dockerfile may chain more steps than the call stack holds.
  const stack: { readonly vertex: Vertex; next: number }[] = [{ vertex: root, next: 0 }]
  seen.add(root)
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const input = top.vertex.inputs[top.next++]
    if (input === undefined) {
      visit(top.vertex)
      stack.pop()
    } else if (!seen.has(input)) {
      seen.add(input)
      stack.push({ vertex: input, next: 0 })
    }
  }
}
