def shelf_index(titles):
	