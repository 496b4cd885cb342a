"""A large database to measure on (``manage.py bench_data``): 63 provinces and ten years, written in bulk, all of it invented."""
