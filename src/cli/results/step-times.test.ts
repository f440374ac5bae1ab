import { expect, test } from 'vitest'
import { uploadIds } from '../../progress/event.ts'
import { StepTimes } from './step-times.ts'

test('the slowest steps first, without uploads beside them', () => {
  const times = new StepTimes()
  const ended = (vertex: string, name: string, time: number): void => {
    times.report({ type: 'vertex-started', vertex, name, time: 0 })
    times.report({ type: 'vertex-finished', vertex, time })
  }
  ended('a', 'RUN quick', 10)
  ended('b', 'RUN slow', 2000)
  ended(`${uploadIds}1-1`, 'uploading layers', 5000)
  expect(times.slowest(2)).toEqual([
    { name: 'RUN slow', duration: 2000 },
    { name: 'RUN quick', duration: 10 },
  ])
})
