import type { BuildEvent } from './event.ts'

/** Bytes moved so far, and how many there will be where that is known. */
export interface Transfer {
  readonly done: number
  readonly total?: number
  /** No byte moved. */
  readonly skipped?: true
}

/**
 * State of one step after the events so far. Times are those of the events: milliseconds since
 * 1970.
 */
export interface VertexState {
  readonly id: string
  /** 1, 2, 3 … in the order the steps showed up. */
  readonly number: number
  readonly name: string
  readonly status: 'waiting' | 'running' | 'cached' | 'done' | 'failed' | 'canceled'
  readonly started?: number
  readonly finished?: number
  readonly error?: string
  /** By id, in the order they began. */
  readonly transfers: ReadonlyMap<string, Transfer>
}

/**
 * State after all events so far, without logs and warnings, in the order of the steps' first
 * events.
 */
export type ProgressState = ReadonlyMap<string, VertexState>

/**
 * Brings the state up to date with one more event. In place: a build may have thousands of steps.
 */
export function applyEvent(state: Map<string, VertexState>, event: BuildEvent): void {
  switch (event.type) {
    case 'vertex-waiting':
      return change(state, event.vertex, () => ({ name: event.name, status: 'waiting', started: event.time }))
    case 'vertex-started':
      return change(state, event.vertex, () => ({ name: event.name, status: 'running', started: event.time }))
    case 'vertex-cached':
      return change(state, event.vertex, () => ({ name: event.name, status: 'cached', finished: event.time }))
    case 'vertex-finished':
      return change(state, event.vertex, (before) => {
        if (event.canceled) return { status: 'canceled', finished: event.time }
        if (event.error !== undefined) return { status: 'failed', finished: event.time, error: event.error }
        // A cached step may be reported as finished too: it stays cached.
        return { status: before.status === 'cached' ? 'cached' : 'done', finished: event.time }
      })
    case 'transfer':
      return change(state, event.vertex, ({ transfers }) => {
        const transfer = {
          done: event.done,
          ...(event.total !== undefined && { total: event.total }),
          ...(event.skipped !== undefined && { skipped: true as const }),
        }
        return { transfers: new Map(transfers).set(event.id, transfer) }
      })
    case 'log':
      // The text is not state, but a step that no event has announced needs a number.
      if (!state.has(event.vertex)) change(state, event.vertex, () => ({}))
      return
    case 'build-started':
    case 'image-copied':
    case 'warning':
      return
  }
}

function change(
  state: Map<string, VertexState>,
  id: string,
  update: (before: VertexState) => Partial<VertexState>,
): void {
  const before = state.get(id) ?? {
    id,
    number: state.size + 1,
    name: id,
    status: 'running' as const,
    transfers: new Map(),
  }
  state.set(id, { ...before, ...update(before) })
}
