import { visibleText } from '../model/visible-text.ts'

/** Text that is HTML already. */
export interface Html {
  readonly html: string
}

type Part = string | number | Html | readonly Html[]

const marks: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/**
 * HTML with values in it. Texts are shown as they are, characters that do not show as
 * `visibleText` writes them; so a value is safe in an element and in a quoted attribute.
 */
export function html(texts: TemplateStringsArray, ...values: readonly Part[]): Html {
  const parts = texts.map((text, index) => (index === 0 ? text : show(values[index - 1] ?? '') + text))
  return { html: parts.join('') }
}

function show(value: Part): string {
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return visibleText(value).replaceAll(/[&<>"']/g, (mark) => marks[mark] ?? '')
  return 'html' in value ? value.html : value.map((one) => one.html).join('')
}
