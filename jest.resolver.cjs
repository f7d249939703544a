// Our TypeScript imports './x.js', the name the compiled file will have; a test runs the source, './x.ts'.
module.exports = function resolve(request, options) {
  const ours = /^\.{1,2}\/.*\.js$/.test(request) && !options.basedir.includes('/node_modules/');
  if (ours) {
    try {
      return options.defaultResolver(request.replace(/\.js$/, '.ts'), options);
    } catch {
      // No such source: it is a real JavaScript file, looked up below under the name that was asked for.
    }
  }
  return options.defaultResolver(request, options);
};
