import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { formatNotices, noticesPath, readThirdParties } from '../../scripts/notices.ts'

/** Licences that allow to pass the software on with its text. */
const accepted = ['Apache-2.0', 'BSD-3-Clause', 'BlueOak-1.0.0', 'CC-BY-3.0', 'CC0-1.0', 'ISC', 'MIT']

test('THIRD-PARTY-NOTICES.txt is what scripts/notices.ts writes', () => {
  expect(readFileSync(noticesPath, 'utf8')).toBe(formatNotices())
})

test('every dependency has an accepted licence, and a text', () => {
  const parties = readThirdParties()
  expect(parties.length).toBeGreaterThan(20)
  for (const { name, license, texts } of parties) {
    const names = license.replaceAll(/[()]/g, '').split(/ AND | OR /)
    expect([name, names.filter((each) => !accepted.includes(each))]).toEqual([name, []])
    expect([name, texts.join('').length > 50]).toEqual([name, true])
  }
})
