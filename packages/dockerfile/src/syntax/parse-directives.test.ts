import { expect, test } from 'vitest'
import { detectSyntax, parseDirectives } from './parse-directives.ts'

const parse = (text: string): ReturnType<typeof parseDirectives> => parseDirectives(text.split('\n'))

test.each<[text: string, count: number, directives: Readonly<Record<string, string>>]>([
  ['FROM a', 0, { escape: '\\' }],
  [
    '# syntax = docker/dockerfile:1  \n#ESCAPE=`\n# check=skip=all\nFROM a',
    3,
    { syntax: 'docker/dockerfile:1', escape: '`', check: 'skip=all' },
  ],
  ['  # escape=`', 1, { escape: '`' }],
  ['  # syntax=a', 1, { escape: '\\' }],
  ['# escape=`\r\n', 1, { escape: '`' }],
  ['\n# escape=`', 0, { escape: '\\' }],
  ['# x=y\n# escape=`', 0, { escape: '\\' }],
  ['# syntax=', 0, { escape: '\\' }],
  ['#!/bin/x\n# syntax=a\n# escape=`', 0, { syntax: 'a', escape: '\\' }],
])('%j', (text, count, directives) => {
  expect(parse(text)).toEqual({ count, directives })
})

test.each<[text: string, count: number, escape: string]>([
  ['#escape=`\nFROM a', 1, '`'],
  ['#   escape   =   `', 1, '`'],
  ['#\tescape=`', 1, '`'],
  ['# Escape=`', 1, '`'],
  ['# escape=` ', 1, '`'],
  // A directive cannot go on in the next line, and what is no directive ends the search.
  ['# escape=\\\n#`', 1, '\\'],
  ['# check=skip=all\n\n# escape=`', 1, '\\'],
  ['# syntax=a\nFROM b\n# escape=`', 1, '\\'],
  ['# es_cape=`', 0, '\\'],
  ['# 1escape=`', 0, '\\'],
  ['## escape=`', 0, '\\'],
  ['// escape=`', 0, '\\'],
])('%j has %i directives', (text, count, escape) => {
  expect(parse(text)).toMatchObject({ count, directives: { escape } })
})

test('a second one of a kind is refused', () => {
  expect(() => parse('# check=a\n# Check=b')).toThrow('only one check parser directive can be used')
})

test('the escape character is one of two', () => {
  expect(() => parse('# escape=\\\\')).toThrow("invalid escape token '\\\\' does not match ` or \\")
})

test('other languages may name their front end too', () => {
  expect(detectSyntax('# syntax=a b\n')).toBe('a b')
  expect(detectSyntax('// syntax=a\n{}')).toBe('a')
  expect(detectSyntax('{"syntax": "a", "x": 1}')).toBe('a')
  expect(detectSyntax('#!/x\n{"syntax": "a"}')).toBe('a')
  expect(detectSyntax('#!/x\n// syntax = a')).toBe('a')
  expect(detectSyntax('# x\n// syntax=a')).toBeUndefined()
  expect(detectSyntax('{"syntax": 1}')).toBeUndefined()
  expect(detectSyntax('{')).toBeUndefined()
  expect(detectSyntax('FROM a')).toBeUndefined()
})
