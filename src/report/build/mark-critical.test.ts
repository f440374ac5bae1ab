import { expect, test } from 'vitest'
import { type LinkedStep, markCritical } from './mark-critical.ts'

function step(number: number, start: number, end: number, inputs?: readonly number[]): LinkedStep {
  return {
    number,
    kind: inputs === undefined ? 'output' : 'step',
    name: `step ${number}`,
    state: 'done',
    start,
    end,
    waited: 0,
    isCritical: false,
    bytes: 0,
    log: [],
    ...(inputs && { inputs }),
  }
}

const critical = (steps: readonly LinkedStep[]): readonly number[] =>
  markCritical(steps).flatMap(({ number, isCritical }) => (isCritical ? [number] : []))

test('the critical path goes back over the input that was ready last', () => {
  const steps = [step(1, 0, 5, []), step(2, 5, 9, [1]), step(3, 5, 30, [1]), step(4, 30, 31, [2, 3]), step(5, 32, 40)]
  expect(critical(steps)).toEqual([1, 3, 4, 5])
  expect(markCritical(steps).map(({ after }) => after?.number)).toEqual([undefined, 1, 1, 3, 4])
})

test('it ends in the step that failed, though another ended later', () => {
  const steps = [step(1, 0, 5, []), { ...step(2, 5, 9, [1]), state: 'failed' as const }, step(3, 0, 30, [])]
  expect(critical(steps)).toEqual([1, 2])
})

test('hostile orders end: inputs that are missing, later, or the step itself', () => {
  expect(critical([step(1, 0, 5, [2, 9]), step(2, 0, 5, [1, 2])])).toEqual([2])
  expect(markCritical([])).toEqual([])
})
