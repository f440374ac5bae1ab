import type { Vertex } from './vertex.ts'

/** Calls `visit` once for every vertex that `root` is made from, and for `root`: inputs come before what uses them, in the order of `inputs`. */
export function walk(root: Vertex, visit: (vertex: Vertex) => void): void {
  const seen = new Set<Vertex>()
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
