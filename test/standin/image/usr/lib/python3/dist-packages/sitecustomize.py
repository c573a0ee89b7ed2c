"""The real image has Python 3.11 and says so in its labels; packages installed for it are found by this Python too."""
import os
import site

site.addsitedir(os.path.join(site.getuserbase(), 'lib/python3.11/site-packages'))
