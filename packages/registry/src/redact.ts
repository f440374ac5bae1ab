/** An URL fit for messages: without user, password, fragment and the values of its query. */
export function redactUrl(url: URL): string {
  const query = url.search === '' ? '' : '?…'
  return `${url.protocol}//${url.host}${url.pathname}${query}`
}

/** Replaces every http(s) URL inside `text` by its redacted form; runs in linear time. */
export function redactUrls(text: string): string {
  return text.replace(/https?:\/\/[^\s"'<>\\]+/gi, (found) =>
    URL.canParse(found) ? redactUrl(new URL(found)) : 'https://…',
  )
}
