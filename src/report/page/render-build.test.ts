import { expect, test } from 'vitest'
import type { BuildReport, ReportedStep } from '../model/build-report.ts'
import { renderBuild } from './render-build.ts'

const hostile = '\u001b[2J\u202e<script>alert(1)</script><!--\n"\''
const step: ReportedStep = {
  number: 1,
  kind: 'step',
  name: hostile,
  stage: hostile,
  line: 1,
  state: 'failed',
  start: 0,
  end: 10,
  waited: 5,
  cache: hostile,
  reason: hostile,
  isCritical: true,
  bytes: 3,
  error: hostile,
  log: [hostile, '\u001b[31mred\u001b[0m'],
}
const build: BuildReport = {
  name: hostile,
  started: 0,
  duration: 10,
  steps: [step],
  failure: { code: hostile, message: `no ${hostile}`, hint: hostile, line: 1 },
  warnings: [
    { code: hostile, message: hostile, line: 1, url: 'javascript:alert(1)' },
    { code: 'Rule', message: 'm', url: 'https://docs.example/rule/' },
  ],
  dockerfile: { name: hostile, text: `RUN ${hostile}\nCOPY a b\n` },
  images: [],
  notes: [hostile],
}

test('texts from outside open no element, and nothing is loaded or run', () => {
  const page = renderBuild(build)
  expect(page).not.toMatch(/[\u001b\u202e]/)
  expect(
    page.match(
      /<(script|img|iframe|link|object)\b|\b(src|srcset)=|href="(?!#|https:\/\/docs\.example)|url\(| on\w+=| style=/i,
    ),
  ).toBeNull()
  expect(page).toContain('<a href="https://docs.example/rule/" rel="noreferrer">Rule</a>')
  expect(page).toContain('\nred\n')
  expect(page.match(/<td class="n soft" id="line-1">/g)).toHaveLength(1)
})

test('the size of a page is bounded', () => {
  const long = 'x'.repeat(100_000)
  const page = renderBuild({
    ...build,
    steps: Array.from({ length: 20_000 }, (_, index) => ({
      ...step,
      number: index + 1,
      name: long,
      log: [],
      reason: long,
    })),
    warnings: Array.from({ length: 20_000 }, () => ({ code: long, message: long, line: 2 })),
    dockerfile: { name: long, text: `${'RUN x\n'.repeat(50_000)}` },
  })
  expect(page.length).toBeLessThan(4_000_000)
  expect(page).toContain('19500 short steps are left out')
})
