import { describe, expect, test } from 'vitest'
import { AsyncStack } from './async-disposable-stack.ts'

/** The class of the running Node is the measure of the one for bundles. */
describe.each([
  ['the standard one', () => new AsyncDisposableStack()],
  ['the one for Node 22', () => new AsyncStack()],
] as const)('%s', (_, makeStack) => {
  test('disposes in reverse order, one after the other', async () => {
    const order: string[] = []
    const slowly = async (name: string): Promise<void> => {
      await new Promise(setImmediate)
      order.push(name)
    }
    const stack = makeStack()
    stack.defer(() => slowly('deferred'))
    expect(stack.use({ name: 'used', [Symbol.asyncDispose]: () => slowly('used') }).name).toBe('used')
    stack.use({ [Symbol.dispose]: () => void order.push('synchronous') })
    expect(stack.use(undefined)).toBeUndefined()
    expect(stack.adopt('adopted', slowly)).toBe('adopted')
    await stack[Symbol.asyncDispose]()
    await stack.disposeAsync()
    expect(order).toEqual(['adopted', 'synchronous', 'used', 'deferred'])
    expect(stack.disposed).toBe(true)
    expect(() => stack.defer(() => undefined)).toThrow(ReferenceError)
  })

  test('hands over what it has', async () => {
    const order: string[] = []
    const stack = makeStack()
    stack.defer(() => void order.push('deferred'))
    const moved = stack.move()
    await stack.disposeAsync()
    expect(order).toEqual([])
    await moved.disposeAsync()
    expect(order).toEqual(['deferred'])
    expect(() => stack.move()).toThrow(ReferenceError)
  })

  test('disposes the rest after an error, and throws one error or all', async () => {
    const failing = (...messages: readonly string[]): AsyncDisposableStack => {
      const stack = makeStack()
      for (const message of messages)
        stack.defer(() => {
          throw new Error(message)
        })
      return stack
    }
    await expect(failing('one').disposeAsync()).rejects.toThrow('one')
    await expect(failing('first', 'second').disposeAsync()).rejects.toMatchObject({
      name: 'SuppressedError',
      error: { message: 'first' },
      suppressed: { message: 'second' },
    })
  })
})
