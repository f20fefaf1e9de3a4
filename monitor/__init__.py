"""Run: the one package that chooses concrete things, joins them and keeps them going."""
