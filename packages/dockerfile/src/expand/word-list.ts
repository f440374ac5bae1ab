import { isBlank } from '../text/blank.ts'

/** Collects text into words. */
export interface Words {
  /** Blanks in `text` end the current word. */
  addText(text: string): void
  /** All of `text` belongs to the current word. */
  addQuoted(text: string): void
  /** Words so far, without empty quoted words. */
  end(): readonly string[]
}

/** An empty list. */
export function createWords(): Words {
  const words: string[] = []
  let word: string[] = []
  const finish = (): void => {
    const text = word.join('')
    if (text !== '') words.push(text)
    word = []
  }
  return {
    addText(text) {
      for (const character of text) {
        if (isBlank(character)) finish()
        else word.push(character)
      }
    },
    addQuoted(text) {
      word.push(text)
    },
    end() {
      finish()
      return words
    },
  }
}
