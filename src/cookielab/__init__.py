"""Cookie Lab: when many people share one address, does this web server still know who is who?"""

__version__ = "0.1.0"
