import type { RenderOptions } from './renderer.ts'
import { safeText } from './safe-text.ts'

/** Name of a step or source, safe to print; digests are short unless all details are wanted. */
export function stepName(name: string, { verbose = false }: Pick<RenderOptions, 'verbose'>): string {
  return verbose ? safeText(name) : shortDigests(safeText(name))
}

/** Cuts digests to twelve digits, which commands accept too. */
function shortDigests(text: string): string {
  return text.replaceAll(/(sha256:[0-9a-f]{12})[0-9a-f]{52}(?![0-9a-f])/g, '$1')
}
