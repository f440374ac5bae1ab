import { expect, test } from 'vitest'
import { FixedFields } from './fixed-fields.ts'
import { compileTemplate } from './run-template.ts'
import { formatRows } from './format-rows.ts'

const value = {
  Name: 'app',
  Tags: ['a', 'b'],
  Config: { Env: ['A=1'], Labels: { x: '1', a: '2' } },
  Size: 12,
  Empty: [],
  Missing: undefined,
}

// The results are those of Go's text/template with Docker's functions.
test.each([
  ['{{.Name}}', 'app'],
  ['{{.Tags}} {{.Config.Labels}} {{.Nope}}', '[a b] map[a:2 x:1] <no value>'],
  ['{{json .Config}}', '{"Env":["A=1"],"Labels":{"x":"1","a":"2"}}'],
  ['{{range .Tags}}<{{.}}>{{end}}', '<a><b>'],
  ['{{range $i, $t := .Tags}}{{if $i}}, {{end}}{{$t}}{{end}}', 'a, b'],
  ['{{range $k, $v := .Config.Labels}}{{println $k $v}}{{end}}', 'a 2\nx 1\n'],
  ['{{range .Empty}}x{{else}}none{{end}}', 'none'],
  ['{{if .Empty}}some{{else if eq .Name "app"}}app{{else}}other{{end}}', 'app'],
  ['{{with .Config}}{{index .Labels "x"}}{{end}}', '1'],
  ['{{join .Tags "/"}} {{upper .Name}} {{.Name | title}} {{lower "ABC"}}', 'a/b APP App abc'],
  ['{{index (split "r/team/app" "/") 1}} {{len .Tags}}', 'team 2'],
  ['{{printf "%-5s|%3d|%q" .Name .Size .Name}}', 'app  | 12|"app"'],
  ['a {{- /* comment */ -}} b', 'ab'],
  ['a {{- "x" -}} b', 'axb'],
  ['{{$x := .Name}}{{range .Tags}}{{$x}}{{$.Size}}{{end}}', 'app12app12'],
  ['{{truncate "abcdef" 3}}{{pad "x" 1 1}}', 'abc x '],
  ['{{and .Name .Tags}} {{or .Empty .Name}} {{not .Empty}}', '[a b] app true'],
  ['no fields', 'no fields'],
])('%s', (template, output) => {
  expect(compileTemplate(template)(value)).toBe(output)
})

test.each([
  ['{{.Name', '"}}" is missing'],
  ['{{if .Name}}x', 'has no {{end}}'],
  ['{{end}}', 'unexpected {{end}}'],
  ['{{nope .Name}}', 'unknown function "nope"'],
  ['{{template "x"}}', '{{template}} is not supported'],
  ['{{.Name | }}', 'a command is missing'],
  ['{{$x}}', 'undefined variable "$x"'],
  ['{{range .Name}}{{end}}', 'range needs a list'],
  ['{{upper .Size}}', 'upper needs text'],
  ['{{(.Name}}', '")" is missing'],
  ['{{if .A}}'.repeat(60) + '{{end}}'.repeat(60), 'nested too deeply'],
])('refuses %s', (template, reason) => {
  expect(() => compileTemplate(template)(value)).toThrow(reason)
})

test('rows: lines, a table, JSON', () => {
  const rows = [
    { ID: '1', Repository: 'app\u001b[1m' },
    { ID: '22', Repository: 'b' },
  ]
  expect(formatRows('{{.ID}}: {{.Repository}}', rows)).toMatch(/^1: app.*\n22: b\n$/)
  expect(formatRows('{{.ID}}: {{.Repository}}', rows)).not.toContain('\u001b')
  expect(formatRows('table {{.ID}}\\t{{.Repository}}', rows.slice(1))).toBe('IMAGE ID  REPOSITORY\n22        b\n')
  expect(formatRows('json', rows.slice(1))).toBe('{"ID":"22","Repository":"b"}\n')
})

test('a field that a row or a record does not have is refused', () => {
  const reason = 'no field ".Nope"; expected one of .ID, .Labels'
  const row = { ID: '1', Labels: { a: 'b' } }
  expect(() => formatRows('{{.Nope}}', [row])).toThrow(reason)
  expect(() => formatRows('table {{.ID}}\\t{{.Nope}}', [row])).toThrow(reason)
  const record = compileTemplate('{{.Config.Nope}}')
  expect(() => record({ Config: new FixedFields(row) })).toThrow(reason)
  expect(formatRows('{{.id}} {{.Labels.a}} {{.Labels.nope}}', [row])).toBe('1 b <no value>\n')
})

test('members of the prototype are no fields', () => {
  expect(compileTemplate('{{.constructor}} {{.__proto__}} {{.Tags.length}}')(value)).not.toMatch(/function|object|2/)
})
