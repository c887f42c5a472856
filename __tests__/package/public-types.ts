import { dirname } from 'node:path';
import * as ts from 'typescript';

/** A type that public types refer to but that users cannot import. */
export interface Hidden {
  readonly name: string;
  /** The declaration that refers to it, which may be hidden itself. */
  readonly by: string;
}

/** The package's own types that its exports refer to but that are not exported. */
export function hiddenTypes(entries: readonly string[]): Hidden[] {
  const program = ts.createProgram(entries, {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    types: ['node'],
    noEmit: true,
  });
  const checker = program.getTypeChecker();
  const own = dirname(entries[0] ?? '');
  const target = (symbol: ts.Symbol) =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;

  const known = new Set<ts.Symbol>();
  for (const entry of entries) {
    const source = program.getSourceFile(entry);
    const module = source && checker.getSymbolAtLocation(source);
    if (module === undefined) throw new Error(`${entry} is not a module`);
    for (const symbol of checker.getExportsOfModule(module)) known.add(target(symbol));
  }

  const hidden: Hidden[] = [];
  const queue = [...known];
  for (const symbol of queue) {
    for (const declaration of symbol.declarations ?? []) visit(declaration, symbol.name);
  }
  return hidden;

  function visit(node: ts.Node, by: string): void {
    if (isPrivate(node)) return;
    const name = typeName(node);
    const symbol = name && checker.getSymbolAtLocation(name);
    if (symbol !== undefined) found(target(symbol), by);
    ts.forEachChild(node, (child) => visit(child, by));
  }

  function found(symbol: ts.Symbol, by: string): void {
    if (known.has(symbol) || symbol.flags & ts.SymbolFlags.TypeParameter) return;
    const file = symbol.declarations?.[0]?.getSourceFile().fileName;
    if (!file?.startsWith(own)) return;
    known.add(symbol);
    queue.push(symbol);
    hidden.push({ name: symbol.name, by });
  }
}

function isPrivate(node: ts.Node): boolean {
  return (
    ts.canHaveModifiers(node) &&
    (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword)
  );
}

/** The name in a node that refers to a type. */
function typeName(node: ts.Node): ts.Node | undefined {
  if (ts.isTypeReferenceNode(node)) return node.typeName;
  if (ts.isExpressionWithTypeArguments(node)) return node.expression;
  if (ts.isTypeQueryNode(node)) return node.exprName;
  if (ts.isImportTypeNode(node)) return node.qualifier;
  return undefined;
}
