"""The pages in docs/reference/ that are made from the code: one module for each page.

Such a module gives the blocks of its page: Markdown by the name of the block. What stands around
the blocks is written by hand.
"""
