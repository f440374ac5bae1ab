import { TsbuildError } from '@tsbuild/errors'

/**
 * Acts on a file of the caller; an error that points into it leaves with its name and text as
 * `source`, which makes a code frame possible wherever it came from.
 */
export async function withSource<T>(
  { name, text }: { readonly name: string; readonly text: string },
  action: () => Promise<T>,
): Promise<T> {
  try {
    return await action()
  } catch (error) {
    throw error instanceof TsbuildError && error.range !== undefined ? error.add({ source: { name, text } }) : error
  }
}
