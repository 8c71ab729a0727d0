"""In which words are users told what was seen, what it means and what to type?"""
