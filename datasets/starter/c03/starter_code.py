def turn(wheels, reading, ticks):
	