"""What happened in sessions and what follows: evidence, attendance, standing. Builds on `programme`, never the other
way.
"""
