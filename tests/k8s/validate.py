"""Holds the core objects of rendered manifests against the schemas of a version of Kubernetes.

    python validate.py VERSION FILE

Objects of SpinKube and KEDA have no schema there and are passed over.
"""

import sys

import kubernetes_validate
import yaml

FOREIGN = ("core.spinkube.dev/", "keda.sh/")


def main(version, path):
    with open(path) as file:
        objects = [each for each in yaml.safe_load_all(file) if each]
    faults = 0
    for each in objects:
        if each["apiVersion"].startswith(FOREIGN):
            continue
        try:
            kubernetes_validate.validate(each, version, strict=True)
        except kubernetes_validate.ValidationError as fault:
            where = ".".join(map(str, fault.path))
            print(f"{path}: {each['kind']} {each['metadata']['name']}: {where}: {fault.message}", file=sys.stderr)
            faults += 1
    print(f"{path}: {len(objects)} objects, {faults} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
