import Glibc
@main struct X { static func main() { print("x") } }
