/**
 * Ordinary words, as passphrases are made of them. Some of them documentation uses too: `secret`,
 * `key`, `change`, `random`.
 */
export const ordinaryWords: readonly string[] = `
acorn actor admin agent amber anchor angle apple april apron arrow artist aspen atlas attic autumn
badge bagel baker balloon bamboo banana banjo barley barn basil basket beach beacon bean beard beaver
bell berry bicycle birch bishop bison blanket blossom boat bonnet book border bottle boulder bread
brick bridge brook broom bucket buffalo butter button cabin cactus camel candle canoe canyon captain
carbon cargo carpet carrot castle cave cedar cellar chair chalk change charm cheese cherry chess
chimney chorus cider cinema circle citrus clay client cliff clock cloud clover coast cobalt cocoa
coffee comet compass copper coral cotton cottage cousin cradle crane crayon creek cricket crown
crystal custom cyclone daisy dance dawn deer default delta desert diamond dinner dolphin donkey
dragon drum dune eagle earth echo elbow elm ember empire engine error evening example falcon family
farmer feather fence fern ferry fiddle field finger flame flint flour flower flute forest fossil
fountain fox freight frost galaxy garage garden garlic gazelle ginger giraffe glacier glove goat
granite grape gravel guitar hammer hammock harbor harvest hazel hedge helmet heron hickory hill honey
horizon horse hotel hour house iceberg igloo insert iris iron island ivory jacket jaguar jasmine
jelly jersey jewel jigsaw jungle juniper kayak kettle key kidney kitchen kite kitten kiwi koala
ladder lagoon lake lantern laptop lark laurel lavender leaf lemon lentil leopard letter library lilac
lime linen lion lizard lobster long lotus lumber lunar magnet mango maple marble market meadow medal
melon mercury meteor mill mint mirror mitten monkey moon morning moss motor mountain museum mushroom
napkin nectar needle nest nickel noodle north notebook number nutmeg oak oasis oats ocean olive onion
opal orange orbit orchid otter oven owl oyster paddle palace panda paper parade parrot password
pasta peach peanut pearl pebble pelican pencil penguin pepper piano picnic pigeon pillow pilot pine
planet plum pocket poem pony poppy potato prairie private public pumpkin puzzle quail quartz queen
quilt rabbit raccoon radio raft rain raisin random raven real ribbon rice river robin rocket root
rose ruby saddle sail salad salmon salt sample sand saturn scarf school secret secure server shadow
shell shared ship silk silver singer sister skate sky sleet snow spider spinach spoon spring spruce
squid stable star stone storm strong string sugar summer sun swan table tailor tango teapot temple
test thistle thunder tiger timber toast token tomato tower tractor train trout trumpet tulip tunnel
turkey turtle umbrella uncle unique update valley value vanilla velvet village vine violet violin
volcano wagon walnut walrus water willow window winter wolf wood wool yarn yellow yogurt zebra zinc
`
  .trim()
  .split(/\s+/);
