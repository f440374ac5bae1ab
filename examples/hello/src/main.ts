import { greet } from './greet.ts'

const element = document.querySelector('#greeting')
if (element !== null) element.textContent = greet(location.hash.slice(1))
