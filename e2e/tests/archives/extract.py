# Lines of FILE and PLACE; answers each with what is in PLACE after unpacking, or null.
import json, os, stat, sys, tarfile, zipfile, zlib


def tree(top):
    found = {}
    for at, directories, files in os.walk(top):
        for name in directories + files:
            path = os.path.join(at, name)
            key = os.fsencode(os.path.relpath(path, top)).decode("utf-8", "replace")
            mode = os.lstat(path).st_mode
            if stat.S_ISLNK(mode):
                found[key] = "-> " + os.readlink(path)
            elif stat.S_ISDIR(mode):
                if not os.listdir(path):
                    found[key] = "/"
            elif stat.S_ISREG(mode):
                content = open(path, "rb").read()
                found[key] = "file %d %08x" % (len(content), zlib.crc32(content))
            else:
                found[key] = "special"
    return found


def unpack(file, place):
    if open(file, "rb").read(2) == b"PK":
        with zipfile.ZipFile(file) as archive:
            archive.extractall(place)
            # This module knows no links; the text that it writes is what a link would hold.
            for info in archive.infolist():
                if info.create_system == 3 and stat.S_ISLNK(info.external_attr >> 16):
                    path = os.path.join(place, info.filename)
                    target = open(path, "rb").read()
                    os.unlink(path)
                    os.symlink(target, path)
    else:
        with tarfile.open(file) as archive:
            # Nothing absolute is given to it.
            has_filters = hasattr(tarfile, "fully_trusted_filter")
            archive.extractall(place, **({"filter": "fully_trusted"} if has_filters else {}))


for line in sys.stdin:
    file, place = line.rstrip("\n").split("\t")
    try:
        unpack(file, place)
        print(json.dumps(tree(place)))
    except Exception:
        print("null")
