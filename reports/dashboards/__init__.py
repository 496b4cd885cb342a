"""What leaders look at: the year of a province (step 7), and the provinces side by side. Numbers here, drawing on the page."""

from .comparison import Comparison, comparison_of
from .panels import lateness_chart
from .year import YearBoard, year_board

__all__ = ["Comparison", "YearBoard", "comparison_of", "lateness_chart", "year_board"]
