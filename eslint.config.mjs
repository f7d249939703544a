import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import jest from 'eslint-plugin-jest';
import { defineConfig, globalIgnores } from 'eslint/config';
import globals from 'globals';
import tseslint from 'typescript-eslint';

const SPECS = ['**/*.spec.ts', '**/*.e2e-spec.ts'];

export default defineConfig(
  globalIgnores(['**/dist/', 'test/.out/', '**/coverage/']),
  js.configs.recommended,
  {
    name: 'a file can be read in one go',
    rules: {
      'max-lines': ['error', { max: 250, skipBlankLines: false, skipComments: false }],
      'max-lines-per-function': ['error', { max: 50 }],
      'max-params': ['error', 4],
      complexity: ['error', 10],
    },
  },
  {
    name: 'scripts in plain Node',
    files: ['**/*.mjs', '**/*.cjs'],
    languageOptions: { globals: globals.node },
  },
  {
    name: 'TypeScript, with its types',
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      // The nearest tsconfig.json leaves out the specs beside the source; the service finds them through the root's
      // references, in test/tsconfig.json.
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      // A decorated method keeps the parameters it is called with, whether its body reads them or not.
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_$' }],
      '@typescript-eslint/explicit-module-boundary-types': 'off',
      // Files with decorators are exempt by the rule itself: Nest reads the classes of constructor parameters at
      // run time, which a type import would erase.
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
    },
  },
  {
    name: 'tests and their doubles',
    files: ['test/**/*.ts', 'libs/cache/src/testing/**/*.ts', ...SPECS],
    // A double is async because its port is, whether it waits for something or not.
    rules: { '@typescript-eslint/require-await': 'off' },
  },
  {
    name: 'specs',
    files: SPECS,
    extends: [jest.configs['flat/recommended']],
    settings: { jest: { version: 30 } },
    rules: {
      'max-lines': 'off',
      'max-lines-per-function': 'off',
      'max-params': 'off',
      'jest/no-focused-tests': 'error',
      'jest/no-disabled-tests': 'error',
      'jest/valid-expect': 'error',
      'jest/expect-expect': [
        'error',
        { assertFunctionNames: ['expect', 'expect*', '**.expect', 'fc.assert'] },
      ],
      // The body of an HTTP response and the matchers of jest are `any`.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  prettier,
);
