export { describeBytes, streamOf, testContentTarget } from './content-target.case.ts'
export { testSingleFlight } from './single-flight.case.ts'
export { temporaryDirectory } from './temporary-directory.ts'
