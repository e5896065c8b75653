def visit(exhibits, walk, start):
	