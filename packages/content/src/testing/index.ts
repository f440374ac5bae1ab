export { describeBytes, streamOf, testContentTarget } from './content-target.case.ts'
