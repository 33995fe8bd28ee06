"""Checks the core objects of rendered manifests against the schemas of a version of Kubernetes.

    python validate.py VERSION NAME < MANIFESTS

Objects of SpinKube, KEDA and the Gateway API have no schema there and are skipped.
"""

import sys

import kubernetes_validate
import yaml

FOREIGN = ("core.spinkube.dev/", "keda.sh/", "gateway.networking.k8s.io/")


def main(version, name):
    objects = [each for each in yaml.safe_load_all(sys.stdin) if each]
    faults = 0 if objects else 1
    for each in objects:
        if each["apiVersion"].startswith(FOREIGN):
            continue
        try:
            kubernetes_validate.validate(each, version, strict=True)
        except kubernetes_validate.ValidationError as fault:
            where = ".".join(map(str, fault.path))
            print(f"{name}: {each['kind']} {each['metadata']['name']}: {where}: {fault.message}", file=sys.stderr)
            faults += 1
    print(f"{name}: {len(objects)} objects, {faults} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
