/**
 * Acts on a file of the caller; an error that points into it leaves with its name and text as
 * `source`, which makes a code frame possible wherever it came from. The property is not
 * enumerable: who logs the error does not want the file.
 */
export async function withSource<T>(
  { name, text }: { readonly name: string; readonly text: string },
  action: () => Promise<T>,
): Promise<T> {
  try {
    return await action()
  } catch (error) {
    if (error instanceof Error && 'range' in error && !('source' in error)) {
      Object.defineProperty(error, 'source', { value: { name, text }, enumerable: false })
    }
    throw error
  }
}
