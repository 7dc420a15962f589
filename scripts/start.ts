/** What `npm start` runs. */
console.log('There is nothing to start yet.')
