import { Command } from 'commander'
import { expect, test } from 'vitest'
import { explainExcess } from './explain-excess.ts'

const command = new Command()
  .option('-t, --tag <name>')
  .option('--build-arg <name=value>')
  .option('--secret <spec>')
  .option('--push')

test.each<[words: readonly string[], extra: string, hint: string | undefined]>([
  [['.', '--build-arg', 'A', 'B=1'], 'B=1', 'repeat the flag: --build-arg A --build-arg B=1'],
  [['.', '--build-arg=A=1', 'B=1'], 'B=1', 'repeat the flag: --build-arg A=1 --build-arg B=1'],
  [['.', '--build-arg', 'A=my', 'value'], 'value', 'quote a value with blanks: --build-arg "A=my value"'],
  [['.', '--secret', 'id=a', 'src=b'], 'src=b', 'join the parts with a comma: --secret id=a,src=b'],
  [['.', '--push', 'app'], 'app', '--push takes no value; -t names the image'],
  [['.', 'app'], 'app', undefined],
  [['.', '-t', 'app', 'other'], 'other', undefined],
])('%j', (words, extra, hint) => {
  expect(explainExcess(command, words, [extra])).toBe(hint)
})
