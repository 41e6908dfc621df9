// Stands for a library that is left out of the bundles, as nothing there comes to use it. One that does ends with a clear error.
module.exports = class Absent {
  constructor() {
    throw new Error('this library is left out of the image: see images/bundle.ts');
  }
};
