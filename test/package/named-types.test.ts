import { join, relative } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/base/package-root.js';

const root = packageRoot();
const entries = ['src/index.ts', 'src/browser/index.ts', 'kernels/index.ts', 'models/index.ts'].map((file) =>
  join(root, file),
);

/** Own types that the declarations of a symbol mention: in signatures, members, bases and aliases, not in bodies. */
function mentioned(checker: ts.TypeChecker, symbol: ts.Symbol): ts.Symbol[] {
  const found: ts.Symbol[] = [];
  const visit = (node: ts.Node): void => {
    // The classes are exported as types: functions make their objects.
    if (ts.isBlock(node) || ts.isPrivateIdentifier(node) || ts.isConstructorDeclaration(node)) return;
    if (ts.isPropertyDeclaration(node) && ts.isPrivateIdentifier(node.name)) return;
    const modifiers = ts.canHaveModifiers(node) ? ts.getModifiers(node) : undefined;
    if (modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword)) return;
    if (ts.isMethodDeclaration(node) && ts.isPrivateIdentifier(node.name)) return;
    // What a constant's or a property's initial value mentions is no part of its written type.
    if (ts.isVariableDeclaration(node) || ts.isPropertyDeclaration(node)) {
      if (node.type) visit(node.type);
      return;
    }
    const name = ts.isTypeReferenceNode(node)
      ? node.typeName
      : ts.isExpressionWithTypeArguments(node)
        ? node.expression
        : undefined;
    const target = name && checker.getSymbolAtLocation(name);
    if (target) found.push(target.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(target) : target);
    ts.forEachChild(node, visit);
  };
  for (const declaration of symbol.declarations ?? []) ts.forEachChild(declaration, visit);
  return found;
}

function isOwn(symbol: ts.Symbol): boolean {
  const declaration = symbol.declarations?.[0];
  if (!declaration || ts.isTypeParameterDeclaration(declaration)) return false;
  return !declaration.getSourceFile().fileName.includes('node_modules');
}

describe('the entry points', () => {
  it('export every type that a caller of theirs meets', () => {
    const options = { ...ts.parseConfigFileTextToJson('', '{}').config, strict: true, noEmit: true };
    const program = ts.createProgram(entries, {
      ...options,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      target: ts.ScriptTarget.ES2022,
      lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
      skipLibCheck: true,
      types: ['node', '@webgpu/types'],
    });
    const checker = program.getTypeChecker();
    const exported = new Set<ts.Symbol>();
    for (const file of entries) {
      const module = checker.getSymbolAtLocation(program.getSourceFile(file)!)!;
      for (const symbol of checker.getExportsOfModule(module)) {
        exported.add(symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol);
      }
    }
    expect(exported.size).toBeGreaterThan(50);
    const missing = new Set<string>();
    for (const symbol of exported) {
      for (const type of mentioned(checker, symbol)) {
        if (!isOwn(type) || exported.has(type)) continue;
        const file = relative(root, type.declarations![0]!.getSourceFile().fileName);
        missing.add(`${type.name} of ${file}, met in ${symbol.name}`);
      }
    }
    expect([...missing]).toEqual([]);
  });
});
