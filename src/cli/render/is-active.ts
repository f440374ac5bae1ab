import type { VertexState } from '../../progress/progress-state.ts'

/** True for a step that runs, or that another build does. */
export function isActive({ status }: Pick<VertexState, 'status'>): boolean {
  return status === 'running' || status === 'waiting'
}
